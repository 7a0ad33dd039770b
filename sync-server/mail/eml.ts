/** Reads back the text of a mail that this server wrote as a file: one part, in one of the usual encodings. */

export function textOf(eml: string): string {
  const normal = eml.replaceAll('\r\n', '\n');
  const end = normal.indexOf('\n\n');
  const head = normal.slice(0, end).toLowerCase();
  const body = normal.slice(end + 2);
  if (head.includes('content-transfer-encoding: base64')) return Buffer.from(body, 'base64').toString('utf8');
  if (head.includes('content-transfer-encoding: quoted-printable')) return unquoted(body);
  return body;
}

/** RFC 2045 §6.7: soft line breaks go, `=C3` becomes its byte. */
function unquoted(body: string): string {
  const joined = body.replaceAll('=\n', '');
  const bytes = joined.replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
