/**
 * The pages over a desk in memory. The address says what it holds:
 * `?size=40&online=no&signedIn=no&superseded=2&secrets=memory&role=viewer&link=lost&latency=300&live=1`.
 */
import '../no-eval.ts';
import '../../ui/tokens.css';
import '../../ui/base.css';
import '../admin.css';
import { start } from '../start.ts';
import { createFakeDesk, type FakeDesk } from './fake-desk.ts';
import type { FakeOptions } from './fake-options.ts';
import { fakeLink } from './fake-link.ts';

const asked = new URLSearchParams(window.location.search);

const roles = ['viewer', 'reviewer', 'owner'] as const;
const options: FakeOptions = {
  size: Number(asked.get('size') ?? 40),
  online: asked.get('online') !== 'no',
  signedIn: asked.get('signedIn') !== 'no',
  superseded: Number(asked.get('superseded') ?? 0),
  secrets: asked.get('secrets') === 'memory' ? 'memory' : 'keychain',
  role: roles.find((role) => role === asked.get('role')) ?? 'owner',
  latency: Number(asked.get('latency') ?? 0),
};

declare global {
  interface Window {
    /** For scripts that drive this page. */
    fakeDesk?: FakeDesk;
  }
}

const desk = createFakeDesk(options);
window.fakeDesk = desk;
start(fakeLink(desk, asked.get('link')), window);
if (asked.has('live')) setInterval(() => desk.arrive(`Newcomer ${new Date().toLocaleTimeString()}`), 3_000);
