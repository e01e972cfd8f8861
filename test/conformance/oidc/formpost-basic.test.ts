import { backends } from '../../support/backends.ts'
import { basicPlan } from './basic-plan.ts'

const [small] = backends
if (small === undefined) throw new Error('there is no database to test with')
basicPlan('oidcc-formpost-basic-certification-test-plan', small.open, { response_mode: 'form_post' })
