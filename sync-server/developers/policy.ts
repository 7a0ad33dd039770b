/** What a password has to be: long enough, and not one of those that everybody tries first. */
import { GatehouseError } from '../../domain/errors.ts';

const shortest = 8;

/** The most used ones of at least eight characters, as leaks count them. */
const common: ReadonlySet<string> = new Set(
  `12345678 123456789 1234567890 0123456789 12345678910 11111111 00000000 88888888 87654321 987654321 1q2w3e4r 1q2w3e4r5t
  1qaz2wsx qwertyui qwertyuiop qwerty123 qwerty12 asdfghjk asdfghjkl zxcvbnm1 password password1 password12 password123
  passw0rd p@ssw0rd p@ssword letmein1 letmein123 iloveyou iloveyou1 welcome1 welcome123 sunshine princess football baseball
  superman batman123 trustno1 dragon123 monkey123 shadow123 michael1 jennifer computer internet whatever starwars abc12345
  abcd1234 abcdefgh admin123 administrator changeme changeme1 default1 secret123 test1234 testtest qazwsxedc a1b2c3d4
  aa123456 asdf1234 q1w2e3r4 1234qwer 123123123 111111111 123qweasd gatehouse gatehouse1`.split(/\s+/),
);

/** Throws `password_weak`. The address counts as common: it is the first thing to try. */
export function requireGoodPassword(password: string, email: string): void {
  const folded = password.normalize('NFKC').toLowerCase();
  const [local = ''] = email.toLowerCase().split('@');
  const weak =
    [...folded].length < shortest ||
    common.has(folded) ||
    new Set(folded).size < 3 ||
    folded === email.toLowerCase() ||
    folded === local;
  if (!weak) return;
  const reason = 'is too short or too common: use at least 8 characters that are hard to guess';
  throw new GatehouseError('password_weak', { fields: [{ field: 'password', reason }] });
}
