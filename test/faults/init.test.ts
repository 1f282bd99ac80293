import { describeScenario } from './describe-scenario.js';
import { initScenario, rotateScenario } from './scenarios.js';

describeScenario('init', async () => [await initScenario(), await rotateScenario()]);
