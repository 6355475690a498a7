// Machines of a network, each with an address, a port space and a cable of its own: network namespaces on a bridge, which Linux
// makes for root. Nothing of it leaves this machine.

import { execFileSync } from 'node:child_process';
import { Relay } from './relay.ts';

/** The command that runs another on a machine; it becomes that other, so signals reach it. */
export type Launcher = readonly string[];

export class Machines {
  readonly size: number;
  readonly #id = process.pid.toString(36);
  readonly #subnet = `10.${100 + (process.pid % 100)}.${(process.pid >> 7) % 256}`;
  readonly #relays: Relay[] = [];
  readonly #unplugged = new Set<number>();

  private constructor(size: number) {
    this.size = size;
  }

  /** So many machines, switched on and connected; undefined where they cannot be made. */
  static open(size: number): Machines | undefined {
    const machines = new Machines(size);
    try {
      ip('link', 'add', machines.#bridge, 'type', 'bridge');
    } catch {
      return undefined;
    }
    try {
      ip('addr', 'add', `${machines.#subnet}.1/24`, 'dev', machines.#bridge);
      ip('link', 'set', machines.#bridge, 'up');
      for (let index = 0; index < size; index++) machines.switchOn(index);
      return machines;
    } catch (error) {
      machines.#remove();
      throw error;
    }
  }

  address(index: number): string {
    return `${this.#subnet}.${11 + index}`;
  }

  launcher(index: number): Launcher {
    return ['ip', 'netns', 'exec', this.#machine(index)];
  }

  isReachable(index: number): boolean {
    return !this.#unplugged.has(index);
  }

  /** An address at which all machines reach what listens on this process's own loopback. */
  async expose(url: string): Promise<string> {
    const relay = new Relay(`${this.#subnet}.1`);
    this.#relays.push(relay);
    await relay.listen(url);
    return relay.url;
  }

  /** Packets from and to it are lost; nobody is told. */
  unplug(index: number): void {
    ip('link', 'set', this.#cable(index), 'down');
    this.#unplugged.add(index);
  }

  plug(index: number): void {
    ip('link', 'set', this.#cable(index), 'up');
    this.#unplugged.delete(index);
  }

  /** Takes it away with its connections, of which the others hear nothing. Its processes must have ended. */
  switchOff(index: number): void {
    // The cable first: a namespace goes only when its last connection has given up.
    ip('link', 'del', this.#cable(index));
    ip('netns', 'del', this.#machine(index));
    this.#unplugged.add(index);
  }

  switchOn(index: number): void {
    const [machine, cable] = [this.#machine(index), this.#cable(index)];
    ip('netns', 'add', machine);
    ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', machine);
    ip('link', 'set', cable, 'master', this.#bridge, 'up');
    ip('-n', machine, 'addr', 'add', `${this.address(index)}/24`, 'dev', 'eth0');
    for (const device of ['lo', 'eth0']) ip('-n', machine, 'link', 'set', device, 'up');
    this.#unplugged.delete(index);
  }

  async close(): Promise<void> {
    for (const relay of this.#relays) await relay.close();
    this.#remove();
  }

  #remove(): void {
    for (let index = 0; index < this.size; index++) attempt(() => this.switchOff(index));
    attempt(() => ip('link', 'del', this.#bridge));
  }

  get #bridge(): string {
    return `pegbr${this.#id}`;
  }

  #machine(index: number): string {
    return `peg${this.#id}-${index}`;
  }

  #cable(index: number): string {
    return `pegc${this.#id}-${index}`;
  }
}

function ip(...words: string[]): void {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function attempt(task: () => void): void {
  try {
    task();
  } catch {
    // It is not there.
  }
}
