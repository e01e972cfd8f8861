import { ONE, partsOf } from './template.ts'

/** So many different parts below one place are things of many, and no longer names of paths. */
const MOST_BRANCHES = 32
const MOST_IN_ALL = 5000

type Branch = { readonly below: Map<string, Branch>; collapsed: boolean }

/** What is known of the paths below a route. It only grows narrower: what collapsed stays so. */
export type PathTree = {
  /** The template of a path. Null for one that there is no room for. */
  readonly templateOf: (path: string) => string | null
  /** How often something collapsed: templates of before may be others now. */
  readonly collapses: () => number
}

export function createPathTree(): PathTree {
  const root = newBranch()
  let collapses = 0
  let size = 0

  function enter(branch: Branch, part: string): [string, Branch] | null {
    const known = branch.collapsed ? branch.below.get(ONE) : branch.below.get(part)
    if (known !== undefined) return [branch.collapsed ? ONE : part, known]
    if (!branch.collapsed && part !== ONE && branch.below.size >= MOST_BRANCHES) {
      size -= sizeOf(branch)
      branch.below.clear()
      branch.collapsed = true
      collapses++
    }
    if (size >= MOST_IN_ALL) return null
    size++
    const name = branch.collapsed ? ONE : part
    const next = newBranch()
    branch.below.set(name, next)
    return [name, next]
  }

  return Object.freeze({
    templateOf: (path: string) => {
      const parts = partsOf(path)
      let branch = root
      let template = ''
      for (let i = 0; i < parts.length; i++) {
        const entered = enter(branch, parts[i] as string)
        if (entered === null) return null
        template += `/${entered[0]}`
        branch = entered[1]
      }
      return template
    },
    collapses: () => collapses,
  })
}

function sizeOf({ below }: Branch): number {
  let size = below.size
  for (const branch of below.values()) size += sizeOf(branch)
  return size
}

function newBranch(): Branch {
  return { below: new Map(), collapsed: false }
}
