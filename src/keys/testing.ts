export { mint } from './format.ts'
