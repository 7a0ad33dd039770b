/** Intents that are almost right: their JSON bent in one place. */
import type { Intent } from '../../../../domain/intents.ts';
import type { Random } from '../../../../sync-server/demo/random.ts';
import { chosen } from '../../chosen.ts';

const values: readonly unknown[] = [
  null,
  '',
  0,
  -1,
  1e308,
  true,
  [],
  {},
  'x'.repeat(3_000),
  '__proto__',
  '\u0000',
  '\ud800',
  '00000000-0000-0000-0000-000000000000',
];

/** The text of an intent that is bent somewhere; `others` are ids of devices that it may claim to be of. */
export function bentIntent(intent: Intent, others: readonly string[], random: Random): string {
  const keys = Object.keys(intent);
  const key = keys[random.below(keys.length)] ?? 'id';
  const text = JSON.stringify(intent);
  switch (random.below(7)) {
    case 0:
      return JSON.stringify({ ...intent, [key]: chosen(values, random) });
    case 1:
      return JSON.stringify({ ...intent, device: chosen(others, random) });
    case 2:
      return JSON.stringify({ ...intent, actor: 'admin:somebody', [key]: undefined });
    case 3:
      return text.replace('{', '{"__proto__":{"device":"x"},');
    case 4:
      return text.replace('"basis":{', '"basis":{"\\u005f_proto__":1,');
    case 5: {
      const at = random.below(text.length);
      return text.slice(0, at) + String.fromCharCode(random.below(0x7f)) + text.slice(at + 1);
    }
    default:
      return text.replace(`"${key}"`, `"${key}":1,"${key}"`);
  }
}
