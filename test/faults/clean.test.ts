import { describeScenario } from './describe-scenario.js';
import { cleanScenario } from './scenarios.js';

describeScenario('clean', async () => [await cleanScenario()]);
