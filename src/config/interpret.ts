import { CHECKS } from './checks.ts'
import { derive, type Places, type Underived } from './derive.ts'
import type { Check, ConfigDraft, Findings } from './draft.ts'
import type { Report } from './problem.ts'
import { resolve } from './resolve.ts'
import { type Config, configNode } from './schema.ts'
import { spotAt, type Tree, writtenSpot } from './tree.ts'

/**
 * Makes a configuration of what was written: form by the schema, then meaning by the checks, then what follows.
 *
 * @returns null when the report holds anything, of this tree or from before
 */
export function interpret(
  tree: Tree,
  report: Report,
  places: Omit<Places, 'writtenIn'>,
  checks: readonly Check[] = CHECKS,
): Config | null {
  const findings: Findings = {
    say: (path, message, want = 'value') => report.add(path, message, spotAt(tree, path, want)),
    writtenIn: (path) => writtenSpot(tree, path)?.from ?? null,
  }
  const draft = resolve(configNode, tree, findings.say) as ConfigDraft
  if (draft !== undefined) for (const check of checks) check.look(draft, findings)
  // With nothing to report the draft is whole: undefined stands only where something was told, or follows.
  return report.isEmpty() ? derive(draft as Underived, { ...places, writtenIn: findings.writtenIn }) : null
}

/**
 * Looks at the form of one source alone, so that a mistake (or a secret) in a file is told even where the environment
 * overrides it. Meaning is a matter of the whole.
 */
export function inspectForm(tree: Tree, report: Report): void {
  resolve(configNode, tree, (path, message, want = 'value') => report.add(path, message, spotAt(tree, path, want)))
}
