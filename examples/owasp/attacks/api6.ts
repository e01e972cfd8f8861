import { hash } from 'node:crypto'
import type { Answer, Attack, Door } from '../door.ts'

const TIMES = 10

export const attacks: readonly Attack[] = [
  {
    name: 'a program buys all of what is scarce',
    play: ({ ask }) => buyAll((headers) => ask('/items/console/purchases', { method: 'POST', headers })),
    got: tenth,
    refused: '428 VERIFICATION_REQUIRED',
  },
  {
    name: 'a program that proves once that it is none',
    play: (door) => {
      const buy = (headers: Record<string, string>) => door.ask('/items/ticket/purchases', { method: 'POST', headers })
      return buyAll(buy, (answer) => verify(door, answer))
    },
    got: tenth,
    refused: '428 VERIFICATION_REQUIRED',
  },
]

function tenth({ text }: Answer): string | null {
  return text.includes(`"bought":${TIMES}`) ? text : null
}

async function buyAll(
  buy: (headers: Record<string, string>) => Promise<Answer>,
  pass: (answer: Answer) => Promise<string> = async () => '',
): Promise<Answer> {
  let headers = {}
  let answer = await buy(headers)
  for (let i = 1; i < TIMES; i++) {
    const isFirst = answer.status === 428 && Object.keys(headers).length === 0
    if (isFirst) headers = { 'x-sallyport-pass': await pass(answer) }
    answer = await buy(headers)
  }
  return answer
}

/** Does the work that a challenge asks for, and answers its pass, which is good for one request. */
async function verify({ ask }: Door, { headers }: Answer): Promise<string> {
  const challenge = headers.get('x-verify-url') ?? ''
  const { seed, bits } = JSON.parse((await ask(challenge)).text) as { seed: string; bits: number }
  let nonce = 0
  while (!hasZeros(hash('sha256', `${seed}.${nonce}`, 'buffer'), bits)) nonce++
  const { text } = await ask(challenge, { method: 'POST', body: { nonce: String(nonce) } })
  return (JSON.parse(text) as { pass: string }).pass
}

function hasZeros(bytes: Buffer, bits: number): boolean {
  return Math.clz32(bytes.readUInt32BE(0)) >= bits
}
