import { CHECKS } from './checks.ts'
import { derive, type Places, type Underived } from './derive.ts'
import type { ConfigDraft, Findings } from './draft.ts'
import type { Report } from './problem.ts'
import { resolve } from './resolve.ts'
import { type Config, configNode } from './schema.ts'
import { spotAt, type Tree, writtenSpot } from './tree.ts'

/**
 * Makes a configuration of what was written: form by the schema, then meaning by the checks, then what follows.
 *
 * @returns null when the report holds anything, of this tree or from before
 */
export function interpret(tree: Tree, report: Report, places: Omit<Places, 'writtenIn'>): Config | null {
  const findings: Findings = {
    say: (path, message, want = 'value') => report.add(path, message, spotAt(tree, path, want)),
    writtenIn: (path) => writtenSpot(tree, path)?.from ?? null,
  }
  const draft = resolve(configNode, tree, findings.say) as ConfigDraft
  if (draft !== undefined) for (const check of CHECKS) check.look(draft, findings)
  // With nothing to report the draft is whole: undefined stands only where something was told, or follows.
  return report.isEmpty() ? derive(draft as Underived, { ...places, writtenIn: findings.writtenIn }) : null
}
