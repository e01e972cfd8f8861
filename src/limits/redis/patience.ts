/**
 * Waits for an answer so long and no longer.
 *
 * An answer that lies in the socket already is not late: when this process itself was busy, it is read before anybody is
 * told that it did not come.
 *
 * @param milliseconds
 * @throws Error when it takes longer; the late answer is dropped
 */
export function within<T>(milliseconds: number, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      setImmediate(() => setImmediate(() => reject(new Error(`Redis: no answer within ${milliseconds} ms`))))
    }, milliseconds)
    answer.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
