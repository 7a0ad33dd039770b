import { describe, expect, it, vi } from 'vitest';
import { wrongTokenClose, type HostMessage, type PageMessage } from '../../../domain/desk/loopback.ts';
import { connectLoopback, type Socket } from './loopback.ts';
import type { LinkState } from './link.ts';

/** A socket whose other end is the test. */
class FakeSocket extends EventTarget implements Socket {
  readonly sent: PageMessage[] = [];

  send(text: string): void {
    // What the page sends is its own message; the host's parsing has tests of its own.
    this.sent.push(JSON.parse(text) as PageMessage);
  }

  close(): void {
    this.dispatchEvent(new CloseEvent('close', { code: 1006 }));
  }

  open(): void {
    this.dispatchEvent(new Event('open'));
  }

  say(message: HostMessage): void {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));
  }

  end(code: number): void {
    this.dispatchEvent(new CloseEvent('close', { code }));
  }
}

function setUp(token: string | null = 'secret') {
  const sockets: FakeSocket[] = [];
  const link = connectLoopback({
    token,
    backOff: () => 0,
    open() {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
  });
  const states: LinkState[] = [link.state];
  link.onState((state) => states.push(state));
  const socket = (index: number): FakeSocket => {
    const found = sockets[index];
    if (!found) throw new Error(`socket ${index} was not opened`);
    return found;
  };
  return { link, states, sockets, socket };
}

describe('the loopback transport', () => {
  it('says the token first and makes calls only once the host is ready', async () => {
    const { link, socket } = setUp();
    const answer = link.desk.invoke('status.get', {});
    socket(0).open();
    expect(socket(0).sent).toEqual([{ t: 'hello', token: 'secret' }]);

    socket(0).say({ t: 'ready' });
    expect(socket(0).sent[1]).toEqual({ t: 'call', id: 0, call: 'status.get', input: {} });
    socket(0).say({ t: 'answer', id: 0, result: { ok: true, value: { rows: 3 } } });
    expect(await answer).toEqual({ ok: true, value: { rows: 3 } });
  });

  it('passes failures on as data', async () => {
    const { link, socket } = setUp();
    socket(0).say({ t: 'ready' });
    const answer = link.desk.invoke('undo', { batch: '019c0000-0000-7000-8000-000000000001' });
    const failure = { code: 'undo_too_late', message: 'Gone.', mend: 'Decide the opposite.' } as const;
    socket(0).say({ t: 'answer', id: 0, result: { ok: false, failure } });
    expect(await answer).toEqual({ ok: false, failure });
  });

  it('answers what was under way with a failure when the socket breaks, connects again and goes on', async () => {
    const { link, states, sockets, socket } = setUp();
    socket(0).say({ t: 'ready' });
    const lost = link.desk.invoke('status.get', {});
    socket(0).end(1006);
    expect(await lost).toMatchObject({ ok: false, failure: { code: 'desk_gone' } });
    expect(await link.desk.invoke('status.get', {})).toMatchObject({ failure: { code: 'desk_gone' } });

    await vi.waitFor(() => expect(sockets).toHaveLength(2));
    socket(1).say({ t: 'ready' });
    expect(states).toEqual(['connecting', 'ready', 'lost', 'ready']);
  });

  it('stops asking once its token is refused: another desk answers there now', async () => {
    const { link, states, sockets, socket } = setUp();
    const waiting = link.desk.invoke('status.get', {});
    socket(0).end(wrongTokenClose);
    expect(await waiting).toMatchObject({ failure: { code: 'desk_gone' } });
    expect(states.at(-1)).toBe('refused');
    expect(sockets).toHaveLength(1);
  });

  it('never connects without a token', async () => {
    const { link, sockets } = setUp(null);
    expect(link.state).toBe('no-token');
    expect(sockets).toHaveLength(0);
    expect(await link.desk.invoke('status.get', {})).toMatchObject({ failure: { code: 'desk_gone' } });
  });

  it('closes on a message that is none of the protocol', () => {
    const { states, socket } = setUp();
    socket(0).say({ t: 'ready' });
    socket(0).dispatchEvent(new MessageEvent('message', { data: '{"t":"surprise"}' }));
    expect(states).toEqual(['connecting', 'ready', 'lost']);
  });

  it('tells events to those who listen, until they stop', () => {
    const { link, socket } = setUp();
    const heard: unknown[] = [];
    const stop = link.desk.subscribe('changed', (payload) => heard.push(payload));
    const payload = { entities: ['developer'], outbox: false };
    socket(0).say({ t: 'event', event: 'changed', payload });
    stop();
    socket(0).say({ t: 'event', event: 'changed', payload });
    expect(heard).toEqual([payload]);
  });
});
