import type { Reporter, SerializedError, TestModule } from 'vitest/node'

/** Ends a run with one line for machines and people in a hurry: `N passed, N failed`, and `, N skipped` where some were. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    for (const name of secondTries(modules)) process.stdout.write(`only at the second try: ${name}\n`)
    process.stdout.write(`${countLine(modules, errors.length)}\n`)
  }
}

function secondTries(modules: readonly TestModule[]): string[] {
  return modules.flatMap((module) =>
    [...module.children.allTests()]
      .filter((test) => test.result().state === 'passed' && (test.diagnostic()?.retryCount ?? 0) > 0)
      .map((test) => `${module.relativeModuleId} > ${test.fullName}`),
  )
}

function countLine(modules: readonly TestModule[], strayErrors: number): string {
  const counts = { passed: 0, failed: strayErrors, skipped: 0 }
  for (const module of modules) {
    // A file that could not be loaded or a hook that failed has no test to its name, yet the run is not good.
    counts.failed += module.errors().length
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      counts[state === 'passed' ? 'passed' : state === 'failed' ? 'failed' : 'skipped'] += 1
    }
  }
  const line = `${counts.passed} passed, ${counts.failed} failed`
  return counts.skipped === 0 ? line : `${line}, ${counts.skipped} skipped`
}
