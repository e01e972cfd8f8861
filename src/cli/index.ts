export { main } from './main.ts'
export { untilStopped } from './serve.ts'
export { requireConfig } from './surroundings.ts'
export { opened, UsageError } from './usage.ts'
