// Room for long answers: given back by every way in which an answer can end, and by one that had ended before.

import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import { AnswerRoom } from '../../relayer/api/answer-room.ts';
import { hasCode } from '../../relayer/lib/errors.ts';

const MIB = 2 ** 20;

describe('room for answers', () => {
  let room: AnswerRoom;
  beforeEach(() => {
    room = new AnswerRoom();
  });
  const response = (closed = false) => Object.assign(new EventEmitter(), { closed }) as unknown as ServerResponse;
  const isBusy = (client: string, length: number) => {
    try {
      room.hold(client, length, response(true));
      return false;
    } catch (error) {
      return hasCode(error, 'API_BUSY');
    }
  };

  it('is bounded for one client and for all, but not for one answer or short ones', () => {
    const first = response();
    room.hold('a', 100 * MIB, first);
    expect([isBusy('a', MIB), isBusy('b', MIB), isBusy('a', 60_000)]).to.deep.equal([true, false, false]);
    for (const client of ['b', 'c', 'd']) room.hold(client, 50 * MIB, response());
    expect([isBusy('e', 6 * MIB), isBusy('e', 7 * MIB)]).to.deep.equal([false, true]);
    first.emit('close');
    expect([isBusy('a', 64 * MIB), isBusy('e', 7 * MIB)]).to.deep.equal([false, false]);
  });

  it('is not held by an answer whose client went before it was ready', () => {
    for (let i = 0; i < 100; i++) room.hold('a', 50 * MIB, response(true));
    expect(isBusy('a', 50 * MIB)).to.equal(false);
  });
});
