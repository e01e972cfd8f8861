import { done, type Result } from '../../core/index.ts'
import { SILENT } from '../decision/decision.ts'
import type { Answer, Question } from '../decision/question.ts'
import { asCedar } from './as-cedar.ts'
import { checkPolicySet, openChecked, type PolicySet } from './cedar/engine.ts'
import type { PolicyAnswer } from './cedar/request.ts'
import type { ShadowSettings } from './cedar/shadow.ts'
import { schemaWith } from './generated-schema.ts'
import type { PolicyBook } from './policy.ts'

/** What the policies of a book say to a question, at a moment in milliseconds. At once, from memory. */
export type JudgeByBook = (question: Question, now: number) => Answer

const NAMED = /\bAction::"([^"\\]{1,128})"/g
const DECLARED = /\baction\s+((?:"[^"\\]{1,128}"|[A-Za-z_]\w*)(?:\s*,\s*(?:"[^"\\]{1,128}"|[A-Za-z_]\w*))*)/g

/** The actions that the policies of a book name, and those that its schema declares. */
export function actionsOf({ policies, schema }: PolicyBook): readonly string[] {
  const named = policies.flatMap(({ text }) => [...text.matchAll(NAMED)].flatMap(([, name = '']) => name))
  const declared = [...(schema ?? '').matchAll(DECLARED)].flatMap(([, names = '']) => names.split(/\s*,\s*/))
  return [...new Set([...named, ...declared.map((name) => name.replaceAll('"', ''))])]
}

const ROLE_NAMED = /\bRole::"([^"\\]{1,128})"/g

/** The roles that the enabled policies of a book name. */
export function rolesOf({ policies }: PolicyBook): readonly string[] {
  const enabled = policies.filter((policy) => policy.enabled)
  const named = enabled.flatMap(({ text }) => [...text.matchAll(ROLE_NAMED)].flatMap(([, name = '']) => name))
  return [...new Set(named)]
}

/** A deny by something that could not be read; it may have been what forbids. */
const UNREADABLE: Answer = Object.freeze({
  outcome: 'deny',
  because: Object.freeze(['a type that policies cannot name']),
})

/**
 * Makes a book ready: its enabled policies parsed, and held against its schema where it has one. Disabled policies are
 * held against it too, so that enabling one is not where its faults come to light.
 *
 * @param shadow has a sample of decisions judged by Cedar itself, too
 *
 * Errors: `POLICY_INVALID`, with the name of the policy in each error.
 */
export async function openBook(book: PolicyBook, shadow?: ShadowSettings): Promise<Result<JudgeByBook>> {
  if (book.policies.length === 0 && book.schema === null) return done(() => SILENT)
  const all = book.policies.map(({ name, text }) => ({ id: name, text }))
  const schema = book.schema === null ? {} : { schema: schemaWith(book.schema) }
  const checked = await checkPolicySet({ policies: all, ...schema })
  if (!checked.ok) return { ok: false, problem: { ...checked.problem, errors: named(checked.problem.errors, book) } }
  const enabled = all.filter((_, at) => book.policies[at]?.enabled === true)
  if (enabled.length === 0) return done(() => SILENT)
  // Requests are not held against the schema: a question about a type that it does not know is none that policies decide.
  const opened = await openChecked({ policies: enabled }, shadow)
  return done((question, now) => judge(opened, question, now))
}

function judge(set: PolicySet, question: Question, now: number): Answer {
  const asked = asCedar(question, now)
  return asked === null ? UNREADABLE : answerOf(set.decide(asked.request, asked.entities))
}

// Whatever could not be evaluated may have been what forbids.
function answerOf({ decision, determining, errors }: PolicyAnswer): Answer {
  if (errors.length > 0) {
    return { outcome: 'deny', because: errors.map(({ policy, message }) => `${policy ?? 'the question'}: ${message}`) }
  }
  if (decision === 'allow') return { outcome: 'allow', because: determining }
  return determining.length === 0 ? SILENT : { outcome: 'deny', because: determining }
}

type Errors = readonly { readonly path: string; readonly message: string }[] | undefined

function named(errors: Errors, { policies }: PolicyBook) {
  return (errors ?? []).map(({ path, message }) => {
    const at = /^\/policies\/(\d+)$/.exec(path)?.[1]
    const name = at === undefined ? undefined : policies[Number(at)]?.name
    return name === undefined
      ? { path: path.replace(/^\//, ''), message }
      : { path: `text`, message: `${name}: ${message}` }
  })
}
