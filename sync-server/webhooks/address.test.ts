import { describe, expect, it } from 'vitest';
import { checkedAddress, isPrivate } from './address.ts';
import { createPoster } from './post.ts';
import { startReceiver } from './testing.ts';

describe('an address', () => {
  it.each([
    'https://hooks.example.com/a?b=c',
    'https://93.184.215.14/',
    'https://[2606:2800:21f:cb07::1]/',
    'https://[::ffff:5db8:d70e]/',
  ])('of the public internet is taken: %s', (address) => {
    expect(checkedAddress(address, false)).toBe(address);
  });

  it.each([
    'http://hooks.example.com/',
    'ftp://hooks.example.com/',
    'https://user:word@hooks.example.com/',
    'hooks.example.com',
    'https://localhost/',
    'http://127.0.0.1:9200/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://10.1.2.3/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[fd00::1]/',
    'https://[::127.0.0.1]/',
    'https://[::a9fe:a9fe]/',
    'https://[::ffff:0:127.0.0.1]/',
    'https://[64:ff9b::10.0.0.1]/',
    'https://[2002:a00:1::]/',
    'https://[fec0::1]/',
  ])('that is none of it is refused: %s', (address) => {
    expect(() => checkedAddress(address, false)).toThrow(
      expect.objectContaining({ code: 'webhook_address_refused' }),
    );
  });

  it('of this network is taken where the operator allows it; plain HTTP on this machine only', () => {
    expect(checkedAddress('https://10.1.2.3/', true)).toBe('https://10.1.2.3/');
    expect(checkedAddress('http://localhost:9000/', true)).toBe('http://localhost:9000/');
    expect(() => checkedAddress('http://10.1.2.3/', true)).toThrow();
  });
});

it('knows private addresses in every form', () => {
  for (const address of ['::ffff:127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::', '0.0.0.0', '100.64.0.1']) {
    expect(isPrivate(address)).toBe(true);
  }
  expect(isPrivate('93.184.215.14')).toBe(false);
});

it('a name that leads home is refused when something is sent, before anything is connected to', async () => {
  const receiver = await startReceiver();
  const guarded = createPoster(false);
  const url = receiver.url.replace('127.0.0.1', 'localhost');
  const refused = { arrived: false, gone: false, reason: 'webhook_address_refused' };
  expect(await guarded.post(url, {}, '{}')).toEqual(refused);
  expect(await guarded.post(receiver.url, {}, '{}')).toEqual(refused);
  expect(receiver.received).toEqual([]);
  guarded.close();
  await receiver.close();
});
