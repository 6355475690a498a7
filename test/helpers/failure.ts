// What a promise rejects with, for tests that look at codes.

/** The reason of the rejection; throws when the promise is fulfilled. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was fulfilled');
}
