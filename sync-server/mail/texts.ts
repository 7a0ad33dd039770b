/** What the portal writes to developers: plain text, short, with one link and the reason where there is one. */
import type { Action, TargetKind } from '../../domain/states.ts';

export interface Text {
  readonly subject: string;
  readonly body: string;
}

/** Who writes to whom. */
export interface Envelope {
  /** The portal's display name. */
  readonly portal: string;
  /** The developer's name. */
  readonly name: string;
  /** Where the portal's pages begin. */
  readonly address: string;
}

function letter({ name, portal }: Envelope, ...paragraphs: readonly string[]): string {
  return [`Hello ${oneLine(name)},`, ...paragraphs, oneLine(portal)].join('\n\n').concat('\n');
}

/** Names come from people: a line break in one must not start a line, or a header, of its own. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function subject(envelope: Envelope, text: string): string {
  return oneLine(`${envelope.portal}: ${text}`);
}

export function confirmAddress(envelope: Envelope, token: string): Text {
  return {
    subject: subject(envelope, 'confirm your address'),
    body: letter(
      envelope,
      'please confirm this address to finish your registration:',
      `${envelope.address}/verify-email?token=${token}`,
      'The link works once and for 24 hours. If you did not register, do nothing: no account comes of it.',
    ),
  };
}

export function alreadyRegistered(envelope: Envelope): Text {
  return {
    subject: subject(envelope, 'you already have an account'),
    body: letter(
      envelope,
      'somebody, probably you, registered with this address, but it has an account already. Nothing was changed.',
      `Sign in: ${envelope.address}/sign-in`,
      `Forgot the password: ${envelope.address}/forgot-password`,
    ),
  };
}

export function waitingForApproval(envelope: Envelope): Text {
  return {
    subject: subject(envelope, 'we have your registration'),
    body: letter(
      envelope,
      'your address is confirmed. Somebody will look at your registration now; you can sign in once it is approved, and we write to you then.',
    ),
  };
}

export function resetPassword(envelope: Envelope, token: string): Text {
  return {
    subject: subject(envelope, 'choose a new password'),
    body: letter(
      envelope,
      'here you choose a new password:',
      `${envelope.address}/reset-password?token=${token}`,
      'The link works once and for an hour. If you did not ask for it, do nothing: the old password stays.',
    ),
  };
}

/** What was decided about, and where it can be seen. */
export interface Decided {
  readonly kind: TargetKind;
  readonly action: Action;
  /** `Weather app`, `Weather API v2 for Weather app`; not read for developers. */
  readonly thing: string;
  /** Path of the page that shows it, e.g. `/applications/<id>`. */
  readonly path: string;
  readonly reason: string | null;
}

const developerWords: Record<Action, readonly [subject: string, sentence: string]> = {
  approve: ['welcome', 'your registration is approved. You can sign in now:'],
  reject: ['your registration was not approved', 'your registration was not approved.'],
  revoke: [
    'your access is suspended',
    'your account is suspended: you cannot sign in, and your keys do not work for now.',
  ],
  reinstate: [
    'your access is back',
    'your account is active again, with everything that was approved before:',
  ],
  reopen: [
    'your registration is looked at again',
    'your registration is being looked at again; we write to you.',
  ],
  delete: ['your account was deleted', 'your account was deleted, with its applications and keys.'],
};

const verbs: Record<Action, string> = {
  approve: 'approved',
  reject: 'not approved',
  revoke: 'revoked',
  reinstate: 'active again',
  reopen: 'being looked at again',
  delete: 'deleted',
};

const nouns: Record<Exclude<TargetKind, 'developer'>, string> = {
  application: 'Your application',
  registration: 'Your access to',
  credential: 'Your API key',
};

/** The mail about an admin's decision, or a rule's (rules 9, 30, 47, 48). */
export function decision(envelope: Envelope, decided: Decided): Text {
  const reason = decided.reason ? [`Reason: ${decided.reason}`] : [];
  if (decided.kind === 'developer') {
    const [about, sentence] = developerWords[decided.action];
    const opens = decided.action === 'approve' || decided.action === 'reinstate';
    const link = opens ? [`${envelope.address}/sign-in`] : [];
    return { subject: subject(envelope, about), body: letter(envelope, sentence, ...link, ...reason) };
  }
  const what = `${nouns[decided.kind]} ${oneLine(decided.thing)}`;
  const sentence = `${what} is ${verbs[decided.action]}${decided.reason ? '.' : ':'}`;
  return {
    subject: subject(envelope, `${oneLine(decided.thing)} is ${verbs[decided.action]}`),
    body: letter(envelope, sentence, ...reason, `${envelope.address}${decided.path}`),
  };
}
