import { describeScenario } from './describe-scenario.js';
import { initScenario } from './scenarios.js';

describeScenario('init', async () => [await initScenario()]);
