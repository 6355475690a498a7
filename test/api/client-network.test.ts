// Who counts as one client, and that one network of IPv6 does not get around the limit of connections by its many addresses.

import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { expect } from 'chai';
import { clientNetwork } from '../../relayer/api/client-network.ts';
import { limitConnections } from '../../relayer/api/connection-limits.ts';

describe('a client', () => {
  it('is an IPv4 address, or an IPv6 network of 64 bits', () => {
    for (const [address, client] of [
      ['127.0.0.1', '127.0.0.1'],
      ['::ffff:10.0.0.7', '10.0.0.7'],
      ['::FFFF:10.0.0.7', '10.0.0.7'],
      ['::1', '0:0:0:0'],
      ['2001:db8:0:1::1', '2001:db8:0:1'],
      ['2001:DB8:0:1:ffff::', '2001:db8:0:1'],
      ['2001:0db8:0000:0001:0:0:0:9', '2001:db8:0:1'],
      ['2001:db8::1', '2001:db8:0:0'],
      ['2001:db8:1:2:3:4:5::', '2001:db8:1:2'],
      ['fe80::1%eth0', 'fe80:0:0:0'],
      ['64:ff9b::10.0.0.7', '64:ff9b:0:0'],
      ['', ''],
    ] as const)
      expect(clientNetwork(address), address).to.equal(client);
  });

  it('has its number of connections, from whatever addresses', () => {
    const server = new EventEmitter();
    limitConnections(server as Server, { connections: 10, connectionsPerAddress: 2, trustedProxies: [] });
    const connect = (remoteAddress: string) => {
      const socket = Object.assign(new EventEmitter(), { remoteAddress, refused: false, destroy: () => {} });
      socket.destroy = () => {
        socket.refused = true;
      };
      server.emit('connection', socket);
      return socket;
    };
    const [first, second, third] = ['::1', '::2', '::3'].map((end) => connect(`2001:db8:0:1${end}`));
    expect([first, second, third].map((socket) => socket?.refused)).to.deep.equal([false, false, true]);
    expect(connect('2001:db8:0:2::1').refused).to.equal(false);
    third?.emit('close');
    first?.emit('close');
    expect(connect('2001:db8:0:1::4').refused).to.equal(false);
  });
});
