import type { Audit } from '../../audit/index.ts'
import type { Clock } from '../../core/index.ts'
import type { Store } from '../../store/index.ts'
import type { Answer, Question } from '../decision/question.ts'
import type { Difference, ShadowSettings } from './cedar/shadow.ts'
import { actionsOf, type JudgeByBook, openBook, rolesOf } from './judge-book.ts'
import { policyTables, readBook } from './store.ts'

/** Whoever holds the policies of an organization ready hears that they changed. */
export const POLICY_TOPIC = 'access_policy'

// Parsed policies are megabytes where there are thousands; who was not asked longest is read again.
const MOST_READY = 1000

export type Books = {
  /** What the policies of an organization say: a plain value once they are ready. @throws where they cannot be read */
  readonly judge: (organization: string, question: Question) => Answer | Promise<Answer>
  /** The actions that the policies and the schema of an organization name. */
  readonly actions: (organization: string) => Promise<readonly string[]>
  /** The roles that the enabled policies of an organization name. */
  readonly roles: (organization: string) => Promise<readonly string[]>
  readonly stop: () => void
}

type Ready = { readonly judge: JudgeByBook; readonly actions: readonly string[]; readonly roles: readonly string[] }

/** Keeps the policies of organizations ready; a change on any node is heard of within a second. */
export function createBooks(deps: { store: Store; clock: Clock; audit: Pick<Audit, 'record'> }): Books {
  const { store, clock } = deps
  const ready = new Map<string, Ready>()
  const coming = new Map<string, Promise<Ready>>()
  const unsubscribe = store.changes.subscribe(POLICY_TOPIC, forget)

  function forget(organization: string | null): void {
    if (organization === null) ready.clear()
    else ready.delete(organization)
    // What is being read now may be what was before.
    if (organization === null) coming.clear()
    else coming.delete(organization)
  }

  function open(organization: string): Promise<Ready> {
    const begun = coming.get(organization)
    if (begun !== undefined) return begun
    const opening = read(organization).then((book) => {
      if (coming.get(organization) === opening) keep(organization, book)
      return book
    })
    coming.set(organization, opening)
    opening.catch(() => undefined).finally(() => coming.get(organization) === opening && coming.delete(organization))
    return opening
  }

  function keep(organization: string, book: Ready): void {
    const [oldest] = ready.size >= MOST_READY ? ready.keys() : []
    if (oldest !== undefined) ready.delete(oldest)
    ready.set(organization, book)
  }

  async function read(organization: string): Promise<Ready> {
    // What is kept must be whole, in whatever scope it was asked for first.
    const book = await store.within(organization, () => readBook(policyTables(store), organization))
    const opened = await openBook(book, shadowOf(deps.audit, organization))
    if (!opened.ok) throw new Error(`policies of ${organization} that were saved cannot be opened: ${said(opened)}`)
    return { judge: opened.value, actions: actionsOf(book), roles: rolesOf(book) }
  }

  return Object.freeze({
    judge: (organization: string, question: Question) => {
      const book = ready.get(organization)
      if (book !== undefined) return book.judge(question, clock.now())
      return open(organization).then(({ judge }) => judge(question, clock.now()))
    },
    actions: async (organization: string) => (ready.get(organization) ?? (await open(organization))).actions,
    roles: async (organization: string) => (ready.get(organization) ?? (await open(organization))).roles,
    stop: unsubscribe,
  })
}

function said({
  problem,
}: {
  readonly problem: { readonly errors?: readonly { readonly message: string }[] }
}): string {
  return (problem.errors ?? []).map(({ message }) => message).join('; ')
}

// One decision in a thousand, and no more than a fiftieth of the time there is.
const SHADOW = { every: 1000, budget: 20 } as const

function shadowOf(audit: Pick<Audit, 'record'>, organization: string): ShadowSettings {
  const onDifference = ({ request, compiled, judged }: Difference) =>
    audit.record({
      type: 'policy.disagreed',
      outcome: 'failure',
      organization,
      resource: `${request.resource.type}:${request.resource.id}`,
      details: { action: request.action.id, compiled: compiled.decision, judged: judged.decision },
    })
  return { ...SHADOW, onDifference }
}
