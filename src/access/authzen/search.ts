import { done, type Result, refused } from '../../core/index.ts'
import { refuseHttp } from '../../http/index.ts'
import type { Check } from '../decision/check.ts'
import type { Question } from '../decision/question.ts'
import type { Entities } from '../entity/entities.ts'
import { type Asked, objectOf } from './read.ts'

/** What a search looks through: whoever and whatever is known here. What it answers is what `check` allows of it. */
export type SearchDeps = {
  readonly check: Pick<Check, 'judge'>
  readonly entities: Pick<Entities, 'idsAfter'>
  readonly questionOf: (organization: string, asked: Asked) => Promise<Question>
  /** Ids of people and services of ours, in their order, continuing after one. */
  readonly subjectsAfter: (
    organization: string,
    type: string,
    after: string,
    limit: number,
  ) => Promise<readonly string[]>
  /** Ids that tuples name, in their order, continuing after one. */
  readonly relatedAfter: (
    organization: string,
    type: string,
    after: string,
    limit: number,
  ) => Promise<readonly string[]>
  /** Actions that policies, the model or permissions name for a type. */
  readonly actionsOf: (organization: string, question: Question) => Promise<readonly string[]>
}

export type Page = { readonly limit: number; readonly after: string }
export type Found = { readonly ids: readonly string[]; readonly next: string }

/** How many are looked at for one page at most, so that a page ends where nearly nothing is allowed. */
const MOST_LOOKED_AT = 1000
const STEP = 50

/** Answers the three searches (AuthZEN 1.0, section 8). */
export function createSearch(deps: SearchDeps) {
  const { check, questionOf } = deps

  async function candidates(organization: string, type: string, after: string): Promise<string[]> {
    const sources = [deps.entities.idsAfter, deps.subjectsAfter, deps.relatedAfter]
    const found = await Promise.all(sources.map((source) => source(organization, type, after, STEP)))
    // Each source is in order, so the first of all of them together are the first there are.
    return [...new Set(found.flat())].sort(bytewise).slice(0, STEP)
  }

  async function allowed(organization: string, asked: Asked): Promise<boolean> {
    return (await check.judge(organization, await questionOf(organization, asked))).allowed
  }

  async function walk(organization: string, type: string, page: Page, asking: (id: string) => Asked): Promise<Found> {
    const ids: string[] = []
    let { after } = page
    for (let looked = 0; looked < MOST_LOOKED_AT; ) {
      const some = await candidates(organization, type, after)
      for (const id of some) {
        if (await allowed(organization, asking(id))) ids.push(id)
        after = id
        looked++
        if (ids.length === page.limit) return { ids, next: after }
      }
      if (some.length < STEP) return { ids, next: '' }
    }
    return { ids, next: after }
  }

  async function actions(organization: string, asked: Asked): Promise<readonly string[]> {
    const question = await questionOf(organization, asked)
    const names = await deps.actionsOf(organization, question)
    const may = await Promise.all(names.map((action) => check.judge(organization, { ...question, action })))
    return names.filter((_, at) => may[at]?.allowed === true)
  }

  return Object.freeze({
    subjects: (organization: string, asked: Asked, page: Page) =>
      walk(organization, asked.subject.type, page, (id) => ({ ...asked, subject: { ...asked.subject, id } })),
    resources: (organization: string, asked: Asked, page: Page) =>
      walk(organization, asked.resource.type, page, (id) => ({ ...asked, resource: { ...asked.resource, id } })),
    actions,
  })
}

const PAGE = { limit: 100, most: 1000 } as const

/** Reads `page: { token, limit }`. Errors: `INPUT_INVALID`, `CURSOR_INVALID`. */
export function readPage(value: unknown): Result<Page> {
  if (value === undefined) return done({ limit: PAGE.limit, after: '' })
  const { token = '', limit = PAGE.limit } = objectOf(value) ?? { token: null }
  if (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1 || limit > PAGE.most) {
    const message = `must be a whole number from 1 to ${PAGE.most}`
    return refused(refuseHttp('INPUT_INVALID', { errors: [{ path: 'page.limit', message }] }))
  }
  if (typeof token !== 'string' || !/^[A-Za-z0-9_-]{0,1024}$/.test(token)) return refused(refuseHttp('CURSOR_INVALID'))
  return done({ limit, after: Buffer.from(token, 'base64url').toString('utf8') })
}

/** Where the next page begins, as it is told; empty at the end. */
export function tokenOf(after: string): string {
  return Buffer.from(after).toString('base64url')
}

// As the databases order: by code points, not by UTF-16.
function bytewise(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
