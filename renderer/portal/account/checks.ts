/** What people type into the account forms, checked before it is sent. The server checks again and has the last word. */

/** A shape, not a proof: the mail to it is the proof. */
const emailShape = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

export function emailMistake(email: string): string | undefined {
  const typed = email.trim();
  if (typed === '') return 'Enter your e-mail address.';
  if (!emailShape.test(typed) || typed.length > 254) {
    return 'This does not look like an e-mail address. Check it: name@example.com.';
  }
  return undefined;
}

export const shortestPassword = 8;

export function passwordMistake(password: string): string | undefined {
  if (password === '') return 'Choose a password.';
  if ([...password].length < shortestPassword) return `Use at least ${shortestPassword} characters.`;
  if (password.length > 200) return 'Use at most 200 characters.';
  return undefined;
}

/** Leaves out what is fine: a form counts the mistakes. */
export function mistakesOf<K extends string>(
  found: Readonly<Record<K, string | undefined>>,
): { readonly [P in K]?: string } {
  const wrong: { [P in K]?: string } = {};
  for (const field in found) {
    const mistake = found[field];
    if (mistake !== undefined) wrong[field] = mistake;
  }
  return wrong;
}
