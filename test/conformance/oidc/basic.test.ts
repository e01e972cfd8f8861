import { describe } from 'vitest'
import { backends } from '../../support/backends.ts'
import { basicPlan } from './basic-plan.ts'

describe.each(backends)('on $name', ({ open }) => basicPlan('oidcc-basic-certification-test-plan', open))
