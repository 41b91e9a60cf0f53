// A shared recording's page: the player with its transcript, and times in the viewer's own zone.

import "./player.js";
import * as times from "./times.js";

times.start();
