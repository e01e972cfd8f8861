export { type ConfigSource, type LoadedConfig, loadConfig } from './load.ts'
export { type ConfigProblem, formatProblem } from './problem.ts'
export type { Config, ConfigInput, Limit, Route, Upstream } from './schema.ts'
