import { defineConfig } from 'vitest/config'

const SLOW = 'test/slow/**'

/** `npm test` runs everything but `test/slow`; `npm run test:slow` runs that alone. */
export default defineConfig(({ mode }) => ({
  test: {
    include: mode === 'slow' ? [`${SLOW}/*.test.ts`] : ['{bin,src,test,scripts,bench,examples}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', ...(mode === 'slow' ? [] : [SLOW])],
    globalSetup: './test/support/services.ts',
    reporters: ['default', './test/support/reporter.ts'],
    pool: 'forks',
    // What is tested keeps no state of its own, so its modules are loaded once a worker, as Node loads them, and not once a file.
    isolate: false,
    experimental: { viteModuleRunner: false },
    maxWorkers: 2,
    // Where all must hold, on a machine that does other things too: what fails twice has failed, what fails once is named.
    retry: process.env.SALLYPORT_REQUIRE_SERVICES === '1' ? 1 : 0,
    testTimeout: mode === 'slow' ? 300_000 : 60_000,
    hookTimeout: 120_000,
  },
}))
