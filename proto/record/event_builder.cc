#include "proto/record/event_builder.h"
