import { backends } from '../../test/support/backends.ts'
import { storeContract } from './testing.ts'

for (const { name, open } of backends) storeContract(name, open)
