/**
 * What the desk's pages and the loopback host say to each other on the WebSocket `/desk`, one JSON text a message. The
 * launch token comes in the address's fragment, so it is in no request, log or cookie; the page sends it first, and the
 * host answers nothing else until it has been right.
 */
import { z } from 'zod';
import { deskEvents, deskInputs, type DeskCall } from './api.ts';
import { errorCodes, type ErrorCode } from '../error-codes.ts';
import { fieldErrorSchema } from '../errors.ts';

/** Path of the WebSocket on the host's own origin. */
export const loopbackPath = '/desk';
/** The fragment's parameter: `http://127.0.0.1:PORT/#token=…`. */
export const tokenParameter = 'token';
/** Close code (private range of RFC 6455) after a wrong or missing token: connecting again will not help. */
export const wrongTokenClose = 4401;
/** The largest message that a page may send; 10,000 targets of a decision fit four times. */
export const maxLoopbackBytes = 4 * 1024 * 1024;

export const helloSchema = z.strictObject({ t: z.literal('hello'), token: z.string().max(200) });

const calls = Object.keys(deskInputs).filter((call): call is DeskCall => call in deskInputs);

/** The input is parsed by the schema of its call, so that what is wrong comes back as the call's own failure. */
export const callSchema = z.strictObject({
  t: z.literal('call'),
  /** Chosen by the page, given back with the answer. */
  id: z.int().min(0),
  call: z.enum(calls),
  input: z.json(),
});

/** Page → host. */
export const pageMessageSchema = z.discriminatedUnion('t', [helloSchema, callSchema]);
export type PageMessage = z.infer<typeof pageMessageSchema>;

const isErrorCode = (code: string): code is ErrorCode => errorCodes.some((known) => known === code);

const failureSchema = z.strictObject({
  code: z.string().refine(isErrorCode),
  message: z.string(),
  mend: z.string(),
  fields: z.array(fieldErrorSchema).optional(),
});

/** A `Result`; the value is what the call's entry in `DeskOutputs` says. */
export const resultSchema = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), value: z.unknown() }),
  z.strictObject({ ok: z.literal(false), failure: failureSchema }),
]);

/** Host → page. */
export const hostMessageSchema = z.discriminatedUnion('t', [
  z.strictObject({ t: z.literal('ready') }),
  z.strictObject({ t: z.literal('answer'), id: z.int().min(0), result: resultSchema }),
  z.strictObject({ t: z.literal('event'), event: z.enum(deskEvents), payload: z.unknown() }),
]);
export type HostMessage = z.infer<typeof hostMessageSchema>;
