/** Intents for tests, with ids that count up. */
import type { Basis, Intent, Target } from '../intents.ts';
import type { Action } from '../states.ts';

export const devices = {
  mira: '00000000-0000-7000-8000-00000000d001',
  dana: '00000000-0000-7000-8000-00000000d002',
  ola: '00000000-0000-7000-8000-00000000d003',
} as const;

let counter = 0;

export function makeIntent(given: {
  action: Action;
  target: Target;
  basis: Basis;
  device?: string;
  after?: string;
  reason?: string;
}): Intent {
  counter += 1;
  const id = `00000000-0000-7000-9000-${counter.toString(16).padStart(12, '0')}`;
  return {
    id,
    device: given.device ?? devices.mira,
    batch: id,
    action: given.action,
    target: given.target,
    reason: given.reason ?? null,
    decidedAt: '2026-01-01T00:00:00.000Z',
    basis: given.basis,
    ...(given.after ? { after: given.after } : {}),
  };
}
