import { describeScenario } from './describe-scenario.js';
import { rollbackScenario } from './scenarios.js';

describeScenario('rollback', async (folder) => [await rollbackScenario(folder)]);
