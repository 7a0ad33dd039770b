/** A passkey in software, for tests: a P-256 key that answers challenges as a browser with a verified user does. */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { z } from 'zod';

export interface TestPasskey {
  readonly id: string;
  /** As COSE has it, which is how the server keeps it. */
  readonly publicKey: Buffer;
  /** What the form's field holds; `by` another passkey's key it is no proof. */
  answer(challenge: string, by?: TestPasskey, otherwise?: Otherwise): string;
  /** What the form's field holds where it is made. */
  attest(challenge: string): string;
  /** DER, over what is signed. */
  sign(bytes: Buffer): Buffer;
}

/** What is not as it should be. */
export interface Otherwise {
  /** The page that asked. */
  readonly origin?: string;
  /** The party that it was made for. */
  readonly party?: string;
  /** False: somebody was there, and nobody knows who. */
  readonly verified?: boolean;
  /** How often the key says that it was used. */
  readonly count?: number;
}

const coordinates = z.object({ x: z.string(), y: z.string() });
const [userPresent, userVerified, attested] = [0x01, 0x04, 0x40];

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** For the party of a server at `origin`. */
export function createTestPasskey(origin: string): TestPasskey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x, y } = coordinates.parse(publicKey.export({ format: 'jwk' }));
  const id = randomBytes(16).toString('base64url');
  const passkey: TestPasskey = {
    id,
    publicKey: Buffer.concat([
      // A CBOR map: key type EC2, algorithm ES256, curve P-256, x and y.
      Buffer.from('a5010203262001215820', 'hex'),
      Buffer.from(x, 'base64url'),
      Buffer.from('225820', 'hex'),
      Buffer.from(y, 'base64url'),
    ]),
    answer(challenge, by = passkey, otherwise = {}) {
      const { origin: page = origin, party = new URL(origin).hostname, verified = true } = otherwise;
      const client = JSON.stringify({ type: 'webauthn.get', challenge, origin: page, crossOrigin: false });
      const count = Buffer.alloc(4);
      count.writeUInt32BE(otherwise.count ?? 0);
      const authenticator = Buffer.concat([
        digest(party),
        Buffer.from([userPresent | (verified ? userVerified : 0)]),
        count,
      ]);
      const response = {
        clientDataJSON: Buffer.from(client).toString('base64url'),
        authenticatorData: authenticator.toString('base64url'),
        signature: by.sign(Buffer.concat([authenticator, digest(client)])).toString('base64url'),
      };
      return JSON.stringify({ id, rawId: id, type: 'public-key', response });
    },
    attest(challenge) {
      const client = JSON.stringify({ type: 'webauthn.create', challenge, origin, crossOrigin: false });
      const raw = Buffer.from(id, 'base64url');
      const authenticator = Buffer.concat([
        digest(new URL(origin).hostname),
        Buffer.from([userPresent | userVerified | attested]),
        Buffer.alloc(4 + 16),
        Buffer.from([0, raw.length]),
        raw,
        passkey.publicKey,
      ]);
      // A CBOR map: fmt "none", no statement, and the data of so many bytes.
      const head = Buffer.from('a363666d74646e6f6e656761747453746d74a068617574684461746158', 'hex');
      const object = Buffer.concat([head, Buffer.from([authenticator.length]), authenticator]);
      const response = {
        clientDataJSON: Buffer.from(client).toString('base64url'),
        attestationObject: object.toString('base64url'),
        transports: [],
      };
      return JSON.stringify({ id, rawId: id, type: 'public-key', response });
    },
    sign: (bytes) => sign('sha256', bytes, privateKey),
  };
  return passkey;
}
