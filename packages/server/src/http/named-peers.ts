import { BlockList, isIP } from 'node:net';

/** Whether an address of a connection is one of these addresses and networks (`10.0.0.5`, `192.168.0.0/24`). */
export function namedPeers(names: readonly string[]): (address: string | undefined) => boolean {
  const list = new BlockList();
  for (const name of names) {
    const [address = '', bits] = name.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    // A socket that listens on both families shows IPv4 as `::ffff:10.0.0.5`.
    const plain = (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
    const family = isIP(plain);
    return family !== 0 && list.check(plain, family === 6 ? 'ipv6' : 'ipv4');
  };
}
