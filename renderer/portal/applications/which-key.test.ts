import { fireEvent, render, screen } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import { generateKey, last4 } from '../../../domain/keys.ts';
import KeyCheck from './KeyCheck.svelte';
import type { Credential } from './words.ts';

const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const key = generateKey(random);
const staging: Credential = {
  id: '00000000-0000-7000-8000-000000000001',
  name: 'staging',
  last4: last4(key),
  state: 'active',
  notAfter: null,
  createdAt: '2026-01-02T03:04:05.678Z',
};

async function typed(text: string): Promise<string> {
  render(KeyCheck, { credentials: [staging] });
  await fireEvent.input(screen.getByLabelText('A key you found'), { target: { value: text } });
  return document.body.textContent;
}

describe('a key that was found', () => {
  it('is told by its end', async () => {
    expect(await typed(` ${key}\n`)).toContain('It ends like “staging”.');
  });

  it('with a character mistyped is no key, and nobody is asked', async () => {
    const wrong = key.slice(0, 10) + (key[10] === 'a' ? 'b' : 'a') + key.slice(11);
    expect(await typed(wrong)).toContain('Check');
    expect(screen.getByLabelText('A key you found').getAttribute('aria-invalid')).toBe('true');
  });

  it('of another application is said to be foreign', async () => {
    let other = generateKey(random);
    while (last4(other) === last4(key)) other = generateKey(random);
    expect(await typed(other)).toContain('none of this application');
  });
});
