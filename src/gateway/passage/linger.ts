import type { IncomingMessage } from 'node:http'

/**
 * Reads and drops the rest of a body that nobody wants, because a client that is still writing when its connection is
 * closed would never see the answer. Only so many bytes of it.
 *
 * @param ended called once: when the body is over, or at the byte that was too much
 */
export function dropRest(incoming: IncomingMessage, most: number, ended: (whole: boolean) => void): void {
  let left = most
  let told = false
  const tell = (whole: boolean) => {
    if (!told) ended(whole)
    told = true
  }
  incoming.on('data', (piece: Buffer) => {
    left -= piece.length
    if (left < 0) tell(false)
  })
  incoming.on('end', () => tell(true))
  incoming.resume()
}
