import { expect } from 'chai';
import { openLog } from '../../relayer/node/pino-log.ts';

describe('pino log', () => {
  const lines: Record<string, unknown>[] = [];
  const texts: string[] = [];
  const to = {
    write(text: string) {
      texts.push(text);
      lines.push(JSON.parse(text) as Record<string, unknown>);
    },
  };

  beforeEach(() => {
    lines.length = 0;
    texts.length = 0;
  });

  it('writes one object a line, with the fields of its parents', () => {
    const log = openLog('debug', to).child({ node: 'alice' }).child({ part: 'witness' });
    log.debug({ a: 1 }, 'one');
    log.info({}, 'two');
    log.warn({}, 'three');
    log.error({}, 'four');
    expect(lines.map(({ level, msg }) => [level, msg])).to.deep.equal([
      ['debug', 'one'],
      ['info', 'two'],
      ['warn', 'three'],
      ['error', 'four'],
    ]);
    expect(lines[0]).to.deep.include({ node: 'alice', part: 'witness', a: 1 });
    expect(lines[0]?.time).to.match(/^\d{4}-\d{2}-\d{2}T.*Z$/);
    expect(texts.every((text) => text.endsWith('\n'))).to.equal(true);
  });

  it('leaves out what is below its level', () => {
    const log = openLog('warn', to);
    log.info({}, 'quiet');
    log.error({}, 'loud');
    openLog('silent', to).error({}, 'nothing');
    expect(lines.map(({ msg }) => msg)).to.deep.equal(['loud']);
  });

  it('writes integers of any size', () => {
    openLog('info', to).info({ height: 5n, amount: 2n ** 70n }, 'big');
    expect(texts[0]).to.include('"height":5').and.to.include('"amount":1180591620717411303424');
  });

  it('never writes a secret', () => {
    openLog('info', to).info(
      { password: 'p1', key: { privateKey: 'p2' }, seed: 'p3', config: { mnemonic: 'p4' }, address: '0x1' },
      'keys',
    );
    expect(texts.join('')).not.to.match(/p[1-4]/);
    expect(lines[0]).to.have.property('address', '0x1');
  });
});
