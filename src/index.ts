export { defineConfig } from './config/index.ts'
export type { Verification, VerifyInput } from './keys/index.ts'
export { createSallyport, type Sallyport, type SallyportOptions } from './server/index.ts'
