export { createQuestionMaker, type KnownSubject } from './question.ts'
export type { Asked } from './read.ts'
export { type AuthzenDeps, authzenRoutes } from './routes.ts'
export { createSearch } from './search.ts'
