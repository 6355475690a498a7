// A file under its own name only when it is whole, and only where nothing has that name.

import { constants, copyFile, link } from 'node:fs/promises';

/** What `link` answers on a file system that knows no second names, such as FAT and some network shares. */
const WITHOUT_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/**
 * Gives the file at `finished` the name `path` as well. Rejects with EEXIST where there is something, and otherwise as the file
 * system does. Without second names it is copied, which a kill may leave incomplete.
 */
export async function placeFile(finished: string, path: string, makeLink: typeof link = link): Promise<void> {
  try {
    await makeLink(finished, path);
  } catch (error) {
    if (!WITHOUT_LINKS.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await copyFile(finished, path, constants.COPYFILE_EXCL);
  }
}
