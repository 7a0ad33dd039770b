/**
 * Where an application may have its users sent back to: over TLS, to this very machine, or to an app by a scheme of its
 * own name (RFC 8252 §7). Browsers run what other schemes hold, or read files by them.
 */
import { z } from 'zod';
import { isStorable, notStorable } from '../text.ts';

const allowed = [
  z.url({ protocol: /^https$/ }),
  z.url({ protocol: /^http$/, hostname: /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/ }),
  // A domain name backwards, such as com.example.app.
  z.url({ protocol: /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+$/ }),
];

export const redirectUriSchema = z
  .url()
  .max(2_000)
  .refine(isStorable, notStorable)
  .refine(
    (text) => allowed.some((schema) => schema.safeParse(text).success),
    'begins with https://, with http:// and an address of this machine, or with a scheme such as com.example.app:',
  );
