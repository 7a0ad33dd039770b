import { afterEach, expect, it, vi } from 'vitest';
import { connect } from './transport.ts';
import { createFakeDesk } from '../testing/fake-desk.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  window.history.replaceState(null, '', '/');
});

it('takes the launch token out of the address at once and keeps it nowhere', () => {
  const addresses: string[] = [];
  class Recorder extends EventTarget {
    constructor(address: URL) {
      super();
      addresses.push(address.href);
    }
  }
  vi.stubGlobal('WebSocket', Recorder);
  window.history.replaceState(null, '', '/#token=abc');

  const link = connect(window);

  expect(window.location.hash).toBe('');
  expect(link.state).toBe('connecting');
  expect(addresses).toEqual([`ws://${window.location.host}/desk`]);
  expect(JSON.stringify({ ...window.sessionStorage, ...window.localStorage })).not.toContain('abc');
});

it('says so when there is no token, as after a reload', () => {
  expect(connect(window).state).toBe('no-token');
});

it('uses the bridge of the shell where there is one', () => {
  const desk = createFakeDesk();
  vi.stubGlobal('gatehouse', desk);
  expect(connect(window).desk).toBe(desk);
});
