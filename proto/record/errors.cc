#include "proto/record/errors.h"
