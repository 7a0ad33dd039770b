/**
 * All bytes to a file, or an error. The system may take a part of a write and say so only by its count: the usual case
 * is a disk that becomes full, where the first write is cut short and the next one alone fails.
 */

/** The part of a file handle that this needs. */
export interface Writable {
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
}

/** Throws what the file does; some of the bytes may be there then. */
export async function writeAll(file: Writable, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    if (bytesWritten === 0) throw new Error(`the file takes no more, at byte ${position + done}`);
    done += bytesWritten;
  }
}
