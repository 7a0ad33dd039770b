/** The desk's window: connects to its desk and shows the pages. */
import './no-eval.ts';
import '../ui/tokens.css';
import '../ui/base.css';
import './admin.css';
import { start } from './start.ts';
import { connect } from './transport/transport.ts';

start(connect(window), window);
