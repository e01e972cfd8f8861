import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'

/** What stands before several processes: it hands each connection to the next one that takes it, and knows no HTTP. */
export type Balancer = {
  readonly url: string
  /** Where connections go, in turn, by the addresses of the processes. A test takes one out and puts another in. */
  readonly targets: Set<string>
  readonly close: () => Promise<void>
}

export async function openBalancer(): Promise<Balancer> {
  const targets = new Set<string>()
  const sockets = new Set<Socket>()
  let turn = 0

  function inTurn(): string[] {
    const all = [...targets]
    const first = turn++ % Math.max(1, all.length)
    return [...all.slice(first), ...all.slice(0, first)]
  }

  function keep(socket: Socket): void {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  }

  function join(near: Socket, [target, ...others]: readonly string[]): void {
    if (target === undefined) return void near.destroy()
    const { hostname, port } = new URL(target)
    const far = dial({ port: Number(port), host: hostname, allowHalfOpen: true })
    const next = () => join(near, others)
    far.once('error', next)
    far.once('connect', () => {
      far.off('error', next)
      keep(far)
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        one.on('error', () => other.destroy())
        one.pipe(other)
      }
    })
  }

  const server = createServer({ allowHalfOpen: true }, (near) => {
    keep(near)
    join(near, inTurn())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.freeze({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    targets,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  })
}
