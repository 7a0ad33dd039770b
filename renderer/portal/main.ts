/** The companion web view: what outside developers see of a portal. */
import './no-eval.ts';
import '../ui/tokens.css';
import '../ui/base.css';
import './portal.css';
import { start } from './start.ts';

start(window, (...request) => window.fetch(...request));
