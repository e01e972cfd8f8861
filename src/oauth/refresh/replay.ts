import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type Provider from 'oidc-provider'
import { errors, type TokenEndpointGrantContext } from 'oidc-provider'
import type { Clock } from '../../core/index.ts'
import type { Box } from '../../secrets/index.ts'
import type { Store } from '../../store/index.ts'
import { checkDpopReplay, findAccount, type GrantHandler, validateGrant, wrapGrantType } from '../provider/library.ts'
import { settled } from '../provider/own-session.ts'
import { type Asked, askedWith } from './asked.ts'
import {
  changeReplay,
  contextOfReplay,
  deleteReplay,
  findReplay,
  insertReplay,
  type ReplayRow,
} from './replay-store.ts'

export type ReplayDeps = {
  readonly store: Store
  readonly box: Box
  readonly clock: Clock
  /** For how long a used token gives the same answer, in milliseconds; 0 for never. */
  readonly window: number
}

/** Who makes an answer is believed to be at it for this long; milliseconds. */
const MAKING = 15_000
/** The pauses between looks for it begin so short, and grow so long; milliseconds. */
const PAUSES = { first: 25, longest: 200 } as const

type Turn =
  | { readonly is: 'mine'; readonly row: Pick<ReplayRow, 'digest' | 'maker'> }
  | { readonly is: 'answered'; readonly answer: string }
  /** It was used with another wish, or too long ago. */
  | { readonly is: 'reuse' }

/**
 * Gives the very same answer to the very same client when it uses a refresh token again at once (row O4): who lost an
 * answer on the way, or asks from two pages, is no thief. Of many at once one is answered anew and all others get that
 * answer, from whichever process. Whoever asks for something else, or proves another key, used it again.
 */
export function replayAnswers(provider: Provider, deps: ReplayDeps): void {
  const { store, box, clock, window } = deps
  if (window > 0) wrapGrantType(provider, 'refresh_token', (own) => (ctx) => refresh(ctx, own))

  async function refresh(ctx: TokenEndpointGrantContext, own: GrantHandler): Promise<void> {
    const asked = await askedWith(ctx)
    if (asked === null) return own(ctx)
    const turn = await turnOf(asked)
    if (turn.is === 'reuse') return own(ctx)
    if (turn.is === 'answered') return answerAgain(ctx, asked, turn.answer)
    await answerFirst(ctx, own, turn.row)
  }

  async function turnOf(asked: Asked): Promise<Turn> {
    for (let pause: number = PAUSES.first; ; pause = Math.min(2 * pause, PAUSES.longest)) {
      const row = await findReplay(store, asked.digest)
      if (row !== null && !Buffer.from(row.binding).equals(asked.binding)) return { is: 'reuse' }
      const isOver = row !== null && row.expires_at <= clock.now()
      if (row !== null && row.answer !== null) {
        return isOver ? { is: 'reuse' } : { is: 'answered', answer: row.answer }
      }
      const mine = row === null || isOver ? await take(asked, row) : null
      if (mine !== null) return { is: 'mine', row: mine }
      await wait(pause)
    }
  }

  async function take({ digest, binding }: Asked, from: ReplayRow | null) {
    const row = { digest, binding, maker: randomUUID(), answer: null, expires_at: clock.now() + MAKING }
    const { digest: _, ...change } = row
    const took = await store.write((tx) => (from === null ? insertReplay(tx, row) : changeReplay(tx, from, change)))
    return took ? row : null
  }

  async function answerFirst(
    ctx: TokenEndpointGrantContext,
    own: GrantHandler,
    row: Pick<ReplayRow, 'digest' | 'maker'>,
  ) {
    try {
      await own(ctx)
      await settled()
    } catch (error) {
      await store.write((tx) => deleteReplay(tx, row))
      throw error
    }
    // A token that goes on living gives a new answer to whoever comes next.
    if (ctx.oidc.entities.RotatedRefreshToken === undefined) return store.write((tx) => deleteReplay(tx, row))
    const answer = box.seal(JSON.stringify(ctx.body), contextOfReplay(row.digest))
    await store.write(async (tx) => {
      await changeReplay(tx, row, { answer, expires_at: clock.now() + window })
    })
  }

  // What has ended meanwhile is not given again.
  async function answerAgain(ctx: TokenEndpointGrantContext, asked: Asked, answer: string): Promise<void> {
    const { client } = ctx.oidc
    ctx.oidc.entity('Grant', await validateGrant(provider, ctx, asked.grantId))
    await checkDpopReplay(provider, ctx, asked.proof, client.clientId, errors.InvalidGrant)
    const account = await findAccount(provider, ctx, asked.personId, { grantId: asked.grantId } as never)
    if (account === undefined) throw new errors.InvalidGrant('the person may not come in any more')
    ctx.oidc.entity('Account', account)
    ctx.body = JSON.parse(box.open(answer, contextOfReplay(asked.digest)).toString())
  }
}
