import { type AddressInfo, createServer, connect as dial, type Server, type Socket } from 'node:net'

/** A line between a client and a server, that a test can break in the two ways in which lines break. */
export type Cable = {
  /** The server's address, by way of this line. */
  readonly url: string
  /** Ends every connection and takes no new one. */
  readonly cut: () => Promise<void>
  /** Nothing arrives any more, at either end, and nobody is told. */
  readonly hang: () => void
  readonly mend: () => Promise<void>
  readonly close: () => Promise<void>
}

/** @param target the address of a server on this machine, such as `redis://127.0.0.1:6379` */
export async function openCable(target: string): Promise<Cable> {
  const address = new URL(target)
  const sockets = new Set<Socket>()
  let hanging = false
  let port = 0
  let server: Server | null = null

  function join(near: Socket): void {
    const far = dial(Number(address.port), address.hostname)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.on('error', () => undefined)
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
      if (hanging) one.pause()
    }
  }

  async function listen(): Promise<void> {
    const opened = createServer(join)
    await new Promise<void>((resolve, reject) => {
      opened.once('error', reject)
      opened.listen(port, '127.0.0.1', resolve)
    })
    port = (opened.address() as AddressInfo).port
    server = opened
  }

  async function cut(): Promise<void> {
    const open = server
    server = null
    const closed = open === null ? undefined : new Promise((resolve) => open.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  }

  await listen()
  const url = new URL(target)
  url.port = String(port)
  return Object.freeze({
    url: url.href,
    cut,
    hang: () => {
      hanging = true
      for (const socket of sockets) socket.pause()
    },
    mend: async () => {
      hanging = false
      for (const socket of sockets) socket.resume()
      if (server === null) await listen()
    },
    close: cut,
  })
}
