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

/** No database keeps these; a schema that only counts characters does not see them. */
const unkeepable = ['\u0000', 'pasted \u0000 text', '\ud800', 'half of a \udc00 pair'] as const;

/** An id of its own, or the answer to another intent is the answer to this one. */
function newId(random: Random): string {
  const hex = Buffer.from(random.bytes(16)).toString('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
}

/** The text of an intent that is bent somewhere; `others` are ids of devices that it may claim to be of. */
export function bentIntent(intent: Intent, others: readonly string[], random: Random): string {
  const keys = Object.keys(intent);
  const key = keys[random.below(keys.length)] ?? 'id';
  const text = JSON.stringify(intent);
  switch (random.below(8)) {
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
    case 6:
      // Whole but for its reason, and a closing one: it would be applied on any basis.
      return JSON.stringify({
        ...intent,
        id: newId(random),
        action: 'reject',
        reason: random.pick(unkeepable),
      });
    default:
      return text.replace(`"${key}"`, `"${key}":1,"${key}"`);
  }
}
