import type { Tally } from './tally.ts'
import { LONGEST_PART, MOST_PARTS, namesOne, ONE, REST } from './template.ts'

/** So many different parts below one place are things of many, and no longer names of paths. */
const MOST_BRANCHES = 32
const MOST_IN_ALL = 5000

/** A place in the paths below a route. */
export type Branch = {
  readonly below: Map<string, Branch>
  collapsed: boolean
  /** The template that leads here. */
  readonly template: string
  /** What is counted here, by the place of the method. */
  tallies: (Tally | null)[] | null
}

/** What is known of the paths below a route. It only grows narrower: what collapsed stays so. */
export type PathTree = {
  /** Where a path leads. Null for one that there is no room for. */
  readonly find: (path: string) => Branch | null
  /** How often something collapsed: templates of before may be others now. */
  readonly collapses: () => number
}

export function createPathTree(): PathTree {
  const root = newBranch('')
  let collapses = 0
  let size = 0

  function enter(branch: Branch, part: string): Branch | null {
    const known = branch.below.get(branch.collapsed ? ONE : part)
    if (known !== undefined) return known
    if (!branch.collapsed && part !== ONE && branch.below.size >= MOST_BRANCHES) {
      size -= sizeOf(branch)
      branch.below.clear()
      branch.collapsed = true
      collapses++
    }
    if (size >= MOST_IN_ALL) return null
    size++
    const name = branch.collapsed ? ONE : part
    const next = newBranch(`${branch.template}/${name}`)
    branch.below.set(name, next)
    return next
  }

  return Object.freeze({
    find: (path: string) => {
      let branch: Branch | null = root
      let start = 1
      for (let count = 0; start !== 0 && branch !== null; count++) {
        if (count === MOST_PARTS) return enter(branch, REST)
        const slash = path.indexOf('/', start)
        const part = path.slice(start, slash === -1 ? path.length : slash)
        branch = enter(branch, part.length > LONGEST_PART || namesOne(part) ? ONE : part)
        start = slash + 1
      }
      return branch
    },
    collapses: () => collapses,
  })
}

function sizeOf({ below }: Branch): number {
  let size = below.size
  for (const branch of below.values()) size += sizeOf(branch)
  return size
}

function newBranch(template: string): Branch {
  return { below: new Map(), collapsed: false, template, tallies: null }
}
