/**
 * How a record of the journal lies in its file:
 *
 *   4 bytes magic · u32 length of the payload · u32 CRC-32 of the payload · payload: JSON list of entries, UTF-8
 *
 * The magic begins with 0xff, which UTF-8 never holds, so that it can be found again behind a damaged spot.
 */
export const magic = Buffer.from([0xff, 0x47, 0x48, 0x4a]);
export const headBytes = 12;
