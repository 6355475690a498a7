// Replaces a file in one step: a kill, or a full disk, at any moment leaves the old content or the new one, never a part.

import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Writes `text` to `path`, synced; folders on the way are made. `mode` is that of a new file (default 0o644). */
export async function replaceFile(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const neighbour = `${path}.new`;
  const file = await open(neighbour, 'w', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(neighbour, path);
}
